package agent

// mark is a variable that an agent sets for the commands that it runs.
type mark struct {
	variable string
	value    string // the prefix of its value; empty means any value that is not empty
	unless   string // a variable that shows that a person types in this terminal
	name     string // the agent's name
	source   string // the page or file that documents the variable
}

// marks lists the agents that mark their commands, each with the page or file in which its
// maker documents the mark, read on 2026-11-29 where a version is named. The list omits
// variables that an editor also sets in its user's terminals (CURSOR_TRACE_ID, TERM_PROGRAM,
// REPL_ID), variables with which a user configures an agent (CODEX_HOME, COPILOT_MODEL,
// OPENCODE_BIN_PATH), and variables that only other tools' lists name (ANTIGRAVITY_AGENT,
// TRAE_AI_SHELL_ID).
var marks = [...]mark{
	{variable: "CLAUDECODE", name: "claude-code", source: "code.claude.com/docs/en/env-vars"}, // Amp sets it too
	{variable: "CODEX_SANDBOX", name: "codex", source: "openai/codex codex-rs/core/src/spawn.rs"},
	{variable: "CODEX_SANDBOX_NETWORK_DISABLED", name: "codex", source: "openai/codex codex-rs/core/src/spawn.rs"},
	{variable: "CODEX_THREAD_ID", name: "codex", source: "openai/codex codex-rs/protocol/src/shell_environment.rs"},
	{variable: "CODEX_CI", name: "codex", source: "openai/codex codex-rs/core/src/unified_exec/process_manager.rs; pull request 9366"},
	{variable: "CURSOR_AGENT", name: "cursor", source: "cursor.com/docs/agent/terminal"},
	{variable: "GEMINI_CLI", name: "gemini-cli", source: "google-gemini/gemini-cli packages/core/src/services/shellExecutionService.ts"},
	{variable: "QWEN_CODE", name: "qwen-code", source: "QwenLM/qwen-code packages/core/src/services/shellExecutionService.ts"},
	{variable: "AWS_EXECUTION_ENV", value: "AmazonQ", name: "amazon-q", source: "aws/amazon-q-developer-cli crates/chat-cli/src/cli/chat/consts.rs"},
	{variable: "GOOSE_TERMINAL", name: "goose", source: "aaif-goose/goose documentation/docs/guides/environment-variables.md"},
	{variable: "AGENT", value: "goose", name: "goose", source: "aaif-goose/goose pull request 7017"},
	{variable: "AGENT", value: "amp", name: "amp", source: "npm @sourcegraph/amp 0.0.1767830505, dist/main.js"},
	{variable: "AMP_CURRENT_THREAD_ID", name: "amp", source: "npm @sourcegraph/amp 0.0.1767830505, dist/main.js"},
	{variable: "CRUSH", value: "1", name: "crush", source: "charmbracelet/crush internal/shell/shell.go, CrushEnvMarkers"},
	{variable: "CLINE_ACTIVE", name: "cline", source: "cline/cline apps/vscode/src/hosts/vscode/terminal/VscodeTerminalRegistry.ts; docs.cline.bot, disable terminal pagers"},
	{variable: "AUGMENT_AGENT", name: "augment", source: "npm @augmentcode/auggie 0.36.0, augment.mjs; docs.augmentcode.com/cli/reference#shell-environment"},
	{variable: "COPILOT_CLI", name: "copilot-cli", source: "github/copilot-cli changelog.md, 0.0.421"},
	{variable: "VSCODE_AGENT", name: "vscode", source: "code.visualstudio.com/updates/v1_121, agent-aware terminal commands"},
	{variable: "OPENCODE", unless: "OPENCODE_TERMINAL", name: "opencode", source: "sst/opencode packages/opencode/src/index.ts; vercel/vercel pull request 15834"},
	{variable: "PI_CODING_AGENT", name: "pi", source: "earendil-works/pi pull request 2867"},
	{variable: "AI_AGENT", name: "", source: "vercel/vercel packages/detect-agent/README.md, which agents are asked to set"},
}
