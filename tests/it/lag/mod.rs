//! How far values without event timestamps lag behind, and what is skewed among them.

mod found;
mod silent;
mod store;
mod world;
