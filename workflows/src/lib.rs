//! Workflows and the trainyard program
