@echo off
rem vault: for cmd.exe. "vault init cmd" writes this file, and a doskey macro calls it. A
rem batch file runs in the cmd.exe that calls it, so what it sets stays. The program's answer
rem is lines of NAME=value: nothing in a value is interpreted.
if /i "%~1"=="use" goto change
if /i "%~1"=="off" goto change
if /i "%~1"=="refresh" goto change
if /i "%~1"=="region" goto change
:run
"@VAULT@" %*
exit /b
:change
if "%~2"=="--help" goto run
if "%~2"=="-h" goto run
set "__vault_shown=?"
for /f "eol=: tokens=1* delims==" %%i in ('call "@VAULT@" __shell cmd -- %*') do set "%%i=%%j"
if "%__vault_shown%"=="?" goto failed
if not defined __vault_prompt set "__vault_prompt=%PROMPT%"
if not defined __vault_prompt set "__vault_prompt=$P$G"
set "PROMPT=%__vault_prompt%"
if defined __vault_shown set "PROMPT=(%__vault_shown%) %__vault_prompt%"
if not defined __vault_shown set "__vault_prompt="
set "__vault_shown="
exit /b 0
:failed
set "__vault_shown="
exit /b 1
