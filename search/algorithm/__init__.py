"""How a search decides, as pure code: trials, schedulers and samplers. No clock, thread, file or Ray."""
