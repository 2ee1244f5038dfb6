"""What a person reads of an evaluation: one page, its charts, its pictures, its words."""
