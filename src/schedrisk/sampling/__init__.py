"""Random numbers and durations: counter-based streams, quantile functions on arrays, risk occurrence."""

from schedrisk.sampling.design import Design
from schedrisk.sampling.durations import DurationSampler
from schedrisk.sampling.streams import STREAM_VERSION, entropy_of
from schedrisk.sampling.weather import WeatherSampler

__all__ = ["STREAM_VERSION", "Design", "DurationSampler", "WeatherSampler", "entropy_of"]
