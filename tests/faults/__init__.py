"""Breaking the running thing on purpose: real processes, real servers, real kills. `make faults`."""
