//! nginx: parser, simulator, fixes and static checks.
