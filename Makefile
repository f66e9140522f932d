# Every target is described by the comment beside it; `make help` prints them.

.DEFAULT_GOAL := help
SHELL := bash

VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS   := -s -w -X github.com/skald-go/skald/web.Release=$(VERSION)
LISTEN    ?= 127.0.0.1:8080
PACKAGES  ?= ./...
TESTFLAGS ?=

# The linter is built from the module cache at a fixed version: nothing is installed, and everybody has the same. The first
# build takes two minutes.
GOLANGCI_LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Run the demo: two missions, recited, then a server on LISTEN (needs only Go)
	go run ./cmd/skald demo --listen $(LISTEN)

.PHONY: build
build: ## Build the static binary bin/skald
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/skald ./cmd/skald

.PHONY: test
test: ## Run all tests on real servers; what is missing is installed with apt where it may
	scripts/install-test-servers
	go test $(TESTFLAGS) $(PACKAGES)

.PHONY: test-race
test-race: ## Run all tests under the race detector (needs a C compiler)
	scripts/install-test-servers
	CGO_ENABLED=1 go test -race $(TESTFLAGS) $(PACKAGES)

.PHONY: test-containers
test-containers: ## Run the tests that use servers, with servers in containers, through testcontainers-go
	scripts/with-docker-engine scripts/test-containers $(TESTFLAGS)

.PHONY: compose-test
compose-test: ## Run docker-compose.integration.yaml: router, participants and tests, a container each
	scripts/with-docker-engine scripts/compose-test

.PHONY: bench
bench: ## Measure sagas a second, beside a raw append loop on the same Postgres
	scripts/install-test-servers
	cd bench && go run .

.PHONY: fmt
fmt: ## Format the code
	gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')

.PHONY: generate
generate: ## Write documents and golden files anew; review them as a diff
	go test ./internal/config ./domain/document ./replay ./cmd/skald -update

.PHONY: fmt-check
fmt-check: ## Check that make fmt would change nothing
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "make fmt would change: $$unformatted"; exit 1; fi

.PHONY: lint
lint: fmt-check ## Check format, vet, style, and that imports point down only
	go vet ./...
	$(GOLANGCI_LINT) run ./...

.PHONY: vuln
vuln: ## Look for known vulnerabilities in what the binary uses
	scripts/vuln

.PHONY: image
image: ## Build the image skald:local, from the sources
	docker build --build-arg VERSION=$(VERSION) --tag skald:local .
