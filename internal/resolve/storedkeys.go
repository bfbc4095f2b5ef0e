package resolve

func storedKeys(l *link) Step { return Step{Kind: StoredKeys, Profile: l.name} }
