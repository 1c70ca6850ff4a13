"""What the pages share: the shell around them, choices that last, problem boxes, links,
progress, words."""
