"""The stages in their order, each resumable: inspect, split, train, calibrate, evaluate, build."""
