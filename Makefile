# Needs Go and make. Everything else is found, or its tests are skipped with a line that says what to install.
GO      ?= go
PREFIX  ?= /usr/local
-include .release
VERSION ?= $(patsubst v%,%,$(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0-dev))
LDFLAGS  = -s -w -X awsvault/cmd/instant.Version=$(VERSION) $(if $(COMMIT),-X awsvault/cmd/instant.Commit=$(COMMIT) -X awsvault/cmd/instant.Date=$(DATE))
# macOS reaches its keychain through cgo; everywhere else the program is static.
CGO      = $(if $(filter darwin,$(shell $(GO) env GOOS)),1,0)
BUILD    = CGO_ENABLED=$(CGO) $(GO) build -trimpath -ldflags '$(LDFLAGS)'
# The keystore library dials D-Bus in init(), and starts a daemon where there is none.
TESTENV  = DBUS_SESSION_BUS_ADDRESS=$${DBUS_SESSION_BUS_ADDRESS:-unix:path=/proc/nonexistent}
PACKAGES  = ./...
TESTFLAGS =
BENCHFLAGS =
DISTFLAGS =

.PHONY: help build try test check bench man install uninstall pictures dist release changelog clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

build: ## build bin/vault
	@mkdir -p bin
	$(BUILD) -o bin/vault .

try: build ## play with it: a local AWS, example keys, your own shell; without a terminal, a scripted scene
	$(GO) build -o bin/try ./tests/try
	@$(TESTENV) bin/try bin/vault

test: ## all tests, with real shells, keystores and AWS clients where the machine has them
	@lack=$$(mktemp) || exit; \
	$(TESTENV) VAULT_TESTS_LACK=$$lack $(GO) test -timeout 30m $(TESTFLAGS) $(PACKAGES); status=$$?; \
	if [ -s $$lack ]; then printf '\nnot all was tested here. To test the rest:\n'; sort -u $$lack; fi; \
	rm -f $$lack; exit $$status

check: ## what CI runs: tests, race detector, linters, builds for the other systems
	@sh tests/check.sh

bench: build ## the budgets of design.md, as ratios to an empty Go program
	$(TESTENV) $(GO) run ./tests/bench $(BENCHFLAGS) bin/vault

install: build man ## install program, manual and completions to $(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	install -d $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 bin/vault $(DESTDIR)$(PREFIX)/bin/vault
	install -m 644 build/vault.1 $(DESTDIR)$(PREFIX)/share/man/man1/vault.1
	install -m 644 build/vault.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/vault
	install -m 644 build/vault.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_vault
	install -m 644 build/vault.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/vault.fish

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/vault $(DESTDIR)$(PREFIX)/share/man/man1/vault.1
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/vault $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_vault
	rm -f $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/vault.fish

pictures: ## draw the README's pictures anew, from a real session
	$(TESTENV) $(GO) test ./tests/docs -run Pictures -count 1 -update

# By a program for this machine, whatever bin/vault is for.
man: ## write the manual and the completions to build
	@mkdir -p build
	GOOS= GOARCH= CGO_ENABLED=0 $(GO) build -o build/vault .
	build/vault __manual > build/vault.1
	for shell in bash zsh fish; do build/vault completion $$shell > build/vault.$$shell || exit 1; done

dist: ## all files of a release, to dist: make dist VERSION=1.2.3
	$(GO) -C packaging run . dist -version '$(VERSION)' $(DISTFLAGS)

release: ## check, build twice, rehearse: make release VERSION=1.2.3
	@sh packaging/release.sh '$(VERSION)'

changelog: ## move changes/ into a section of CHANGELOG.md: make changelog VERSION=1.2.3
	$(GO) -C packaging run . changelog -version '$(VERSION)'

clean: ## remove what was built
	rm -rf bin build dist
