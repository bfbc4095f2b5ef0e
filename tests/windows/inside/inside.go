// Package inside is tests of vault.exe that themselves run on Windows: what only a program
// there can do to another. tests/windows builds them and runs them under Wine.
package inside
