package agent

// mark is a variable that an agent sets for the commands that it runs.
type mark struct {
	variable string
	value    string // what it begins with; empty: anything but nothing
	unless   string // a variable that says that a person types there
	name     string // of the agent
	source   string // where that is written
}

// marks are the data: agents of which a source says that they mark their commands. Not
// here is what an editor sets in the terminals of its user too (CURSOR_TRACE_ID,
// TERM_PROGRAM, VSCODE_*, REPL_ID), what a user sets to configure an agent (CODEX_HOME,
// COPILOT_*, OPENCODE_BIN_PATH), and what no source was found for.
var marks = [...]mark{
	{variable: "CLAUDECODE", name: "claude-code", source: "code.claude.com/docs/en/env-vars; aws/aws-cdk-cli packages/aws-cdk/lib/cli/util/detect-agent.ts"},
	{variable: "CODEX_SANDBOX", name: "codex", source: "openai/codex codex-rs/core/src/spawn.rs"},
	{variable: "CODEX_SANDBOX_NETWORK_DISABLED", name: "codex", source: "openai/codex AGENTS.md: set whenever the shell tool is used"},
	{variable: "CODEX_THREAD_ID", name: "codex", source: "openai/codex codex-rs/core/src/exec_env.rs"},
	{variable: "CURSOR_AGENT", name: "cursor", source: "aws/aws-cdk-cli packages/aws-cdk/lib/cli/util/detect-agent.ts; agentsmd/agents.md issue 136"},
	{variable: "GEMINI_CLI", name: "gemini-cli", source: "google-gemini/gemini-cli packages/core/src/services/shellExecutionService.ts"},
	{variable: "AWS_EXECUTION_ENV", value: "AmazonQ", name: "amazon-q", source: "aws/aws-cdk-cli packages/aws-cdk/lib/cli/util/detect-agent.ts"},
	{variable: "GOOSE_TERMINAL", name: "goose", source: "aaif-goose/goose documentation/docs/guides/environment-variables.md"},
	{variable: "AGENT", value: "goose", name: "goose", source: "aaif-goose/goose pull request 7017"},
	{variable: "AGENT", value: "amp", name: "amp", source: "agentsmd/agents.md issue 136; aaif-goose/goose pull request 7017"},
	{variable: "CLINE_ACTIVE", name: "cline", source: "docs.cline.bot, disable terminal pagers in Cline sessions; cline/cline discussion 5366"},
	{variable: "AUGMENT_AGENT", name: "augment", source: "docs.augmentcode.com/cli/reference"},
	{variable: "OPENCODE", unless: "OPENCODE_TERMINAL", name: "opencode", source: "sst/opencode packages/opencode/src/index.ts; vercel/vercel pull request 15834"},
	{variable: "PI_CODING_AGENT", name: "pi", source: "earendil-works/pi pull request 2867"},
	{variable: "AI_AGENT", name: "", source: "vercel/vercel packages/detect-agent/README.md, which agents are asked to set"},
}
