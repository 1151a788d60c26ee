//! `niwaki schema`

use super::Ending;
use super::common::print_json;
use super::error::CliError;
use crate::spec::json_schema;

pub(super) fn run() -> Result<Ending, CliError> {
    print_json(json_schema());
    Ok(Ending::AllGood)
}
