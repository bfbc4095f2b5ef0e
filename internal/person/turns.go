package person

import (
	"context"
	"sync"

	"awsvault/internal/vault"
)

// Turns asks the person one question at a time, on behalf of many callers at once.
type Turns struct {
	vault.Person
	Mu *sync.Mutex
}

// Secret waits for its turn.
func (t Turns) Secret(ctx context.Context, q vault.SecretQuestion) (string, error) {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	return t.Person.Secret(ctx, q)
}

// Code waits for its turn.
func (t Turns) Code(ctx context.Context, q vault.MFARequest) (vault.MFACode, error) {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	return t.Person.Code(ctx, q)
}

// Confirm waits for its turn.
func (t Turns) Confirm(ctx context.Context, q vault.Question) (bool, error) {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	return t.Person.Confirm(ctx, q)
}
