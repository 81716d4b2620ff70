//! Bytes from other bytes, by seeded chance: a fuzzer that sees nothing, for the bounded run.

use tickwire_sync::random::Random;

/// The most bytes that come out.
pub const BYTES_MAX: usize = 4096;
/// What readers of numbers stumble over.
const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xfa, 0xfb, 0xfc, 0xff];

/// One of `seeds` with some changes, or, now and then, bytes of nothing.
pub fn next(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    if seeds.is_empty() || random.below(8) == 0 {
        let bits = 4 + random.below(6);
        let length = random.below(1 << bits);
        return (0..length).map(|_| byte(random)).collect();
    }
    let mut bytes = pick(seeds, random).clone();
    for _ in 0..=random.below(5) {
        change(&mut bytes, seeds, random);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn pick<'a>(seeds: &'a [Vec<u8>], random: &mut Random) -> &'a Vec<u8> {
    &seeds[random.below(seeds.len() as u32) as usize]
}

fn byte(random: &mut Random) -> u8 {
    match random.below(3) {
        0 => EDGES[random.below(EDGES.len() as u32) as usize],
        1 => random.below(16) as u8,
        _ => random.bits() as u8,
    }
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() as u32 + 1) as usize;
    let to = (at + random.below(16) as usize).min(bytes.len());
    match random.below(7) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, byte(random)),
        2 => drop(bytes.drain(at..to)),
        3 => bytes.extend_from_within(at..to),
        4 => {
            let other = pick(seeds, random);
            let from = random.below(other.len() as u32 + 1) as usize;
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        5 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        _ if at < bytes.len() => bytes[at] = byte(random),
        _ => {}
    }
}
