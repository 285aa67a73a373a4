"""Made-up logs of any length, judged by the core as in earnest, and kept between runs."""
