package cmd

import "awsvault/internal/vault"

// NarrowFlags narrow a session.
type NarrowFlags struct {
	Agent    bool     `name:"agent" help:"For an agent: read-only, and no questions."`
	ReadOnly bool     `name:"read-only" help:"Narrow it to AWS's ReadOnlyAccess."`
	Policies []string `name:"policy" sep:"none" help:"Narrow it by a policy: a file, an ARN or a name." placeholder:"POLICY"`
}

// narrow says in a wish what the flags say. Without them, what was said before counts.
func (f NarrowFlags) narrow(w *vault.Want) {
	if f.ReadOnly || len(f.Policies) > 0 {
		w.ReadOnly, w.Policies = f.ReadOnly, f.Policies
	}
}
