"""What ``make run`` starts on a machine that has nothing: Redis, a mail catcher, and all our processes."""
