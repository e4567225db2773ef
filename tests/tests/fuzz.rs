//! Every fuzz target with some thousand damaged inputs: the search of cargo-fuzz in small, in every test run.

use trainyard_format::opener::{OpenerCommand, OpenerPool};
use trainyard_tests::fuzz::decoder::{decoder, DECODERS};
use trainyard_tests::fuzz::{decoder, file_map, geometry, pipeline, workflow};
use trainyard_tests::{program, Original, Random};

/// The seeds as they are, which are right, and `count` mutants of them, of which some are right and some are not.
fn feed(seeds: &[Vec<u8>], count: usize, target: impl Fn(&[u8]) -> bool) {
    assert!(!seeds.is_empty() && seeds.iter().all(|seed| target(seed)));
    let originals: Vec<Original> = seeds.iter().map(|seed| Original::new(seed.clone(), &[])).collect();
    let mutant = |number: usize| originals[number % originals.len()].mutant(&mut Random::new(number as u64)).0;
    let right = (0..count).filter(|&number| target(&mutant(number))).count();
    println!("{right} of {count} mutants are right");
    assert!((count / 200..count - count / 50).contains(&right), "{right} of {count}");
}

#[test]
fn decoders_find_damage_or_decode_the_whole_chunk() {
    for (name, ..) in DECODERS {
        feed(&decoder::seeds(name), 2000, |input| decoder(name, input));
    }
}

#[test]
fn pipelines_of_any_filters_find_damage_or_decode_the_whole_chunk() {
    feed(&pipeline::seeds(), 8000, pipeline::pipeline);
}

#[test]
fn workflows_are_right_or_every_problem_has_a_place() {
    feed(&workflow::seeds(), 1500, workflow::workflow);
}

#[test]
fn geometries_place_finite_pixels_or_say_why_not() {
    feed(&geometry::seeds(), 4000, geometry::geometry);
}

#[test]
fn maps_of_files_lead_to_values_or_errors() {
    let command = OpenerCommand { program: program().into(), args: vec!["opener".into()] };
    let pool = OpenerPool::start(command, 1, file_map::LIMITS);
    feed(&file_map::seeds(), 300, |input| file_map::file_map(input, |request| pool.call(request)));
}
