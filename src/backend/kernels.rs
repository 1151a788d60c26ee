//! Where a GPU backend keeps the kernels that it compiles.

use super::BackendKind;
use std::path::Path;

impl BackendKind {
    /// Keeps compiled kernels in `store`, so that the next run need not compile them. Must come before anything
    /// computes; what a file `cubecl.toml` says then counts no more.
    #[cfg(feature = "gpu")]
    pub fn keep_kernels(self, store: &Path) {
        use cubecl::config::cache::CacheConfig;
        use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};
        use std::sync::Once;

        static ONCE: Once = Once::new();
        if self.is_gpu() {
            ONCE.call_once(|| {
                let mut config = CubeClRuntimeConfig::default();
                config.compilation.cache = Some(CacheConfig::File(store.join("kernels")));
                CubeClRuntimeConfig::set(config.override_from_env());
            });
        }
    }

    #[cfg(not(feature = "gpu"))]
    pub fn keep_kernels(self, _: &Path) {}
}
