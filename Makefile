# Needs Go and make. Everything else is found, or its tests are skipped with a line that says what to install.
GO      ?= go
PREFIX  ?= /usr/local
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0-dev)
LDFLAGS  = -s -w -X awsvault/cmd/instant.Version=$(VERSION)
# macOS reaches its keychain through cgo; everywhere else the program is static.
CGO      = $(if $(filter darwin,$(shell $(GO) env GOOS)),1,0)
BUILD    = CGO_ENABLED=$(CGO) $(GO) build -trimpath -ldflags '$(LDFLAGS)'
# The keystore library dials D-Bus in init(), and starts a daemon where there is none.
TESTENV  = DBUS_SESSION_BUS_ADDRESS=$${DBUS_SESSION_BUS_ADDRESS:-unix:path=/nonexistent}

.PHONY: help build try test check bench install clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

build: ## build bin/vault
	@mkdir -p bin
	$(BUILD) -o bin/vault .

try: build ## play with it: a local AWS, example keys, your own shell; without a terminal, a scripted scene
	$(GO) build -o bin/try ./tests/try
	@$(TESTENV) bin/try bin/vault

test: ## all tests, with real shells, keystores and AWS clients where the machine has them
	$(TESTENV) $(GO) test -timeout 20m ./...

check: ## what CI runs: tests, race detector, linters, builds for the other systems
	@sh tests/check.sh

bench: build ## the budgets of design.md, as ratios to an empty Go program
	$(TESTENV) $(GO) run ./tests/bench bin/vault

install: build ## install to $(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 bin/vault $(DESTDIR)$(PREFIX)/bin/vault

clean: ## remove what was built
	rm -rf bin build
