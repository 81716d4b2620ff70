//! How long frames take, and how fast counters grow.

/// How many frames are remembered: five seconds at 60 Hz.
const FRAMES_KEPT: usize = 300;

/// The work of the last frames: messages taken in since the frame before, prediction, drawing. What the graphics card does is not known.
#[derive(Debug)]
pub struct FrameMeter {
    ring: [f32; FRAMES_KEPT],
    kept: usize,
}

impl Default for FrameMeter {
    fn default() -> Self {
        Self { ring: [0.0; FRAMES_KEPT], kept: 0 }
    }
}

impl FrameMeter {
    /// A frame took so many milliseconds of work.
    pub fn add(&mut self, millis: f32) {
        self.ring[self.kept % FRAMES_KEPT] = millis;
        self.kept += 1;
    }

    fn frames(&self) -> &[f32] {
        &self.ring[..self.kept.min(FRAMES_KEPT)]
    }

    /// The mean of the last frames, in milliseconds.
    pub fn mean(&self) -> f32 {
        let frames = self.frames();
        frames.iter().sum::<f32>() / frames.len().max(1) as f32
    }

    /// The slowest of the last frames, in milliseconds.
    pub fn worst(&self) -> f32 {
        self.frames().iter().copied().fold(0.0, f32::max)
    }

    /// What no more than a share of the last frames exceeds, in milliseconds. It sorts, so it is not for every frame.
    pub fn percentile(&self, share: f64) -> f32 {
        let mut sorted = self.frames().to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        sorted.get((sorted.len() as f64 * share) as usize).or(sorted.last()).copied().unwrap_or_default()
    }

    /// The last frame, in milliseconds.
    pub fn last(&self) -> f32 {
        self.kept.checked_sub(1).map_or(0.0, |last| self.ring[last % FRAMES_KEPT])
    }

    /// How many frames there were.
    pub fn count(&self) -> usize {
        self.kept
    }
}

/// How fast a counter grows, looked at about once a second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    count: u64,
    at: f64,
    per_second: f64,
}

impl Rate {
    /// The counter is at `count`; gives its growth per second over the last whole second.
    pub fn at(&mut self, count: u64, now: f64) -> f64 {
        if count < self.count {
            *self = Self { count, at: now, per_second: 0.0 };
        }
        let passed = now - self.at;
        if passed >= 1.0 {
            self.per_second = (count - self.count) as f64 / passed;
            (self.count, self.at) = (count, now);
        }
        self.per_second
    }

    /// The growth per second over the last whole second.
    pub fn per_second(&self) -> f64 {
        self.per_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_frames_count() {
        let mut meter = FrameMeter::default();
        assert_eq!((meter.mean(), meter.worst()), (0.0, 0.0));
        meter.add(500.0);
        (0..FRAMES_KEPT).for_each(|frame| meter.add((frame % 2) as f32));
        assert_eq!((meter.mean(), meter.worst(), meter.count()), (0.5, 1.0, FRAMES_KEPT + 1));
        assert_eq!((meter.percentile(0.4), meter.percentile(0.99), meter.percentile(1.0)), (0.0, 1.0, 1.0));
    }

    #[test]
    fn a_rate_is_the_growth_of_the_last_second_and_begins_anew_with_its_counter() {
        let mut rate = Rate::default();
        rate.at(100, 10.0);
        assert_eq!(rate.at(150, 10.5), 10.0);
        assert_eq!(rate.at(300, 12.0), 100.0);
        assert_eq!(rate.at(5, 12.1), 0.0);
    }
}
