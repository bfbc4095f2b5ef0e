package handbook

import "awsvault/internal/manual"

// topics holds the pages of `vault help TOPIC`, which are also sections of the manual.
var topics = [...]manual.Topic{
	{Name: "environment", Title: "Environment variables", Text: `vault COMMAND --help shows each flag's variable. In addition:

  AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE    the two AWS files
  AWS_REGION, AWS_DEFAULT_REGION                  override the profile's region
  AWS_PROFILE                    the profile for exec and console without a name
  AWS_ASSUME_ROLE_TTL, AWS_SESSION_TOKEN_TTL      durations, like 1h30m; also
  AWS_CHAINED_SESSION_TOKEN_TTL                   AWS_FEDERATION_TOKEN_TTL
  AWS_MIN_TTL                    the least time left in a cached session (5m)
  AWS_MFA_SERIAL                 the MFA device, for every profile
  AWS_VAULT_FILE_PASSPHRASE      for the file keystore; exec hides it from CMD
  AWS_VAULT_FILE_PASSPHRASE_COMMAND               program that prints it
  AWS_VAULT_AGENT=1              an agent runs vault: read-only, no questions
  AWS_VAULT_PRIME                auto; never: ask for the passphrase each time
  AWS_VAULT_PROTECTED            patterns to add to vault_protected_profiles
  AWS_VAULT_INDICATOR            on, off or auto: the indicator in the prompt
  AWS_VAULT_PROGRESS=never       do not show what vault waits for
  AWS_VAULT_KEY_MAX_AGE          doctor warns of older stored keys (90d); off
  AWS_VAULT_LOG=off              keep no log of the sessions; see vault log
  AWS_VAULT_FEDERATION_ENDPOINT  where to get the console's sign-in tokens
  AWS_VAULT_SIGN_IN              terminal, browser or never: vault_sign_in
  AWS_VAULT_PICKER               plain or fzf: the picker of use without a name
  AWS_VAULT_PAGER, AWS_PAGER, PAGER               shows what is longer than the
                                 terminal (less); empty or cat: none
  AWS_VAULT_CEILING_DIRECTORIES  where the search for .awsprofile ends
  AWS_VAULT_DISABLE_HELP_MESSAGE=1                no message in a new subshell
  AWS_CA_BUNDLE                  certificates to trust, for calls to AWS
  AWS_LOGIN_CACHE_DIRECTORY      where "aws login" keeps its sign-ins
  NO_COLOR                       no colours, no reverse video in the prompt

use sets these in your shell, exec for its command: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION, AWS_REGION,
AWS_DEFAULT_REGION, AWS_VAULT (the profile), AWS_VAULT_SHELL_STATE (internal).
Servers set:
AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN.`},
	{Name: "exit-codes", Title: "Exit status", Text: `  0     done
  1     failed; one line says why
  2     wrong usage
  3     needs input (MFA, sign-in, passphrase) but there is no terminal
  126   exec: the command cannot run
  127   exec: the command was not found
  130   interrupted

exec exits with the status of its command. status --check exits with 0 if a
profile is active and valid, otherwise with 1.

  vault status --check || vault use dev`},
	{Name: "config", Title: "Configuration", Text: `vault uses the AWS CLI's profiles in ~/.aws/config and has no configuration
file of its own. A profile may have these settings in addition:

  include_profile = base          take settings from another profile
  vault_protected = true          never activated by a directory
  vault_protected_profiles = *prod*,admin     the same, by name; in [default]
  vault_sign_in = browser         sign in without a terminal; or never
  account = 111122223333          refuse any other account
  vault_min = 45m                 renew a session first if it has less time left
  vault_policy = ReadOnlyAccess   limits every session: names, ARNs, files
  vault_narrow_role = ARN         the role to use if AWS takes no policy
  vault_agent = full              agents get full access; off: no access
  vault_agent_tag = true          tags an agent's sessions
  vault_tags = team=web,stage=prod            for vault exec --tag
  session_tags = k=v,k2=v2        with transitive_session_tags, source_identity
  mfa_process = CMD, web_identity_token_process = CMD    print code and token

A directory's profile is in its .awsprofile, which you have to trust first:

  echo dev > .awsprofile && vault allow

vault explain PROFILE shows where each setting comes from.`},
}
