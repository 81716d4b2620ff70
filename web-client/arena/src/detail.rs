//! How sharp the picture is: as sharp as the screen, unless whoever draws cannot keep up.

/// More device pixels per CSS pixel cost much and show little.
const RATIO_MAX: f32 = 2.0;
/// Fewer show steps.
const RATIO_MIN: f32 = 1.0;
/// The picture is made less sharp where it has fewer frames a second than this, for so long, in seconds.
const FRAMES_MIN: f32 = 26.0;
const SLOW_SECONDS: f32 = 2.0;
/// What is left of the sharpness each time.
const STEP: f32 = 0.75;

/// How sharp the picture may be.
#[derive(Clone, Copy, Debug)]
pub struct Detail {
    ratio_max: f32,
    /// Frames and seconds that are looked at.
    frames: f32,
    seconds: f32,
}

impl Default for Detail {
    fn default() -> Self {
        Self { ratio_max: RATIO_MAX, frames: 0.0, seconds: 0.0 }
    }
}

impl Detail {
    /// A frame came so many seconds after the last one.
    pub fn frame(&mut self, elapsed: f32) {
        self.frames += 1.0;
        self.seconds += elapsed;
        if self.seconds >= SLOW_SECONDS {
            if self.frames < FRAMES_MIN * self.seconds {
                self.ratio_max = (self.ratio_max * STEP).max(RATIO_MIN);
            }
            (self.frames, self.seconds) = (0.0, 0.0);
        }
    }

    /// Device pixels per CSS pixel to draw with on a screen that has so many.
    pub fn ratio(&self, screen: f32) -> f32 {
        screen.clamp(RATIO_MIN, self.ratio_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: f32, frames_a_second: f32) -> Detail {
        let mut detail = Detail::default();
        (0..(seconds * frames_a_second) as u32).for_each(|_| detail.frame(1.0 / frames_a_second));
        detail
    }

    #[test]
    fn a_picture_is_as_sharp_as_the_screen_where_frames_come_in_time() {
        assert_eq!([1.0, 1.5, 2.0, 3.0].map(|screen| after(30.0, 60.0).ratio(screen)), [1.0, 1.5, 2.0, 2.0]);
    }

    #[test]
    fn where_they_do_not_it_is_drawn_with_fewer_pixels_but_never_with_fewer_than_the_page_has() {
        assert_eq!(after(3.0, 20.0).ratio(2.0), 1.5);
        assert_eq!(after(60.0, 20.0).ratio(2.0), 1.0);
        assert_eq!(after(60.0, 20.0).ratio(1.0), 1.0);
    }

    #[test]
    fn one_slow_frame_changes_nothing() {
        let mut detail = after(1.0, 60.0);
        detail.frame(0.1);
        (0..60).for_each(|_| detail.frame(1.0 / 60.0));
        assert_eq!(detail.ratio(2.0), 2.0);
    }
}
