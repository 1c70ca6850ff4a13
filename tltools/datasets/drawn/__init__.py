"""Pictures that the app draws itself: `synthesize` is the face; `scenes`, `creatures`
and `digits` draw on `canvas`."""
