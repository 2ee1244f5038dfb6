"""Programs that measure this package against others and against its own bare parts."""
