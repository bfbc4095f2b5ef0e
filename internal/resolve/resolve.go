// Package resolve decides how a profile gets its credentials. From the text of the AWS
// files, the environment and the flags, [NewPlan] works out which calls are made, in which
// order, with which settings and for how long, and where the user has to answer a question.
//
// It is pure: no network, no files, no clock. Each credential source is one [Kind] and one
// file here. The order of the calls is aws-vault's (its table of seven cases); the limits
// are AWS's.
//
// It does not know how a plan is carried out (internal/vault), how a source is called
// (internal/source), how keys or sessions are stored, what a terminal is, or how flags are
// spelled on a command line.
package resolve
