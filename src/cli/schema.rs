//! `niwaki schema`

use super::Ending;
use super::common::print_json;
use crate::spec::json_schema;

pub(super) fn run() -> Result<Ending, String> {
    print_json(json_schema());
    Ok(Ending::AllGood)
}
