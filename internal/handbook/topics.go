package handbook

import "awsvault/internal/manual"

// topics are the pages of `vault help TOPIC`, and sections of the manual.
var topics = [...]manual.Topic{
	{Name: "environment", Title: "Environment variables", Text: `Each flag's variable stands beside it in vault COMMAND --help. Besides:

  AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE    the two AWS files
  AWS_REGION, AWS_DEFAULT_REGION                  before the profile's region
  AWS_PROFILE                    what exec and console take without a name
  AWS_ASSUME_ROLE_TTL, AWS_SESSION_TOKEN_TTL      how long, like 1h30m; also
  AWS_CHAINED_SESSION_TOKEN_TTL                   AWS_FEDERATION_TOKEN_TTL
  AWS_MIN_TTL                    what a cached session must have left (5m)
  AWS_MFA_SERIAL                 the MFA device, for every profile
  AWS_VAULT_FILE_PASSPHRASE      of the file keystore; exec hides it from CMD
  AWS_VAULT_FILE_PASSPHRASE_COMMAND               prints it, like a credential_process
  AWS_VAULT_AGENT=1              an agent runs vault: read-only, no questions
  AWS_VAULT_PRIME                never: ask for the passphrase each time; auto
  AWS_VAULT_PROTECTED            patterns, besides vault_protected_profiles
  AWS_VAULT_INDICATOR            on, off or auto: the indicator in the prompt
  AWS_VAULT_PROGRESS=never       do not show what vault waits for
  AWS_VAULT_LOG=off              keep no log of the sessions; see vault log
  AWS_VAULT_FEDERATION_ENDPOINT  where the console's sign-in tokens are made
  AWS_VAULT_SIGN_IN              terminal, browser or never: vault_sign_in
  AWS_VAULT_PICKER               plain or fzf: how use without a name asks
  AWS_VAULT_CEILING_DIRECTORIES  where the search for .awsprofile ends
  AWS_VAULT_DISABLE_HELP_MESSAGE=1                no words when a subshell starts
  AWS_CA_BUNDLE                  certificates to trust, for calls to AWS
  AWS_LOGIN_CACHE_DIRECTORY      where "aws login" keeps its sign-ins
  NO_COLOR                       no reverse video in the prompt

Set in your shell by use, and for the program by exec: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION, AWS_REGION,
AWS_DEFAULT_REGION, AWS_VAULT (the profile), AWS_VAULT_SHELL_STATE (ours).
By a server: AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN.`},
	{Name: "exit-codes", Title: "Exit status", Text: `  0     done
  1     failed; one line says why
  2     wrong usage
  3     needs input (MFA, sign-in, passphrase) but there is no terminal
  126   exec: the command cannot run
  127   exec: the command was not found
  130   interrupted

exec passes on the status of its command. status --check: 0 if something is
active and good, else 1.

  vault status --check || vault use dev`},
	{Name: "config", Title: "Configuration", Text: `Profiles are those of the AWS CLI, in ~/.aws/config. There is no other
configuration file. Beyond the settings of the AWS CLI a profile may have:

  include_profile = base          settings of another profile
  vault_protected = true          never activated by a directory
  vault_protected_profiles = *prod*,admin     the same, by name; in [default]
  vault_sign_in = browser         sign in without a terminal; or never
  account = 111122223333          nothing of another account is ever used
  vault_min = 45m                 with less left, a session is renewed first
  vault_policy = ReadOnlyAccess   no session may do more: names, ARNs, files
  vault_narrow_role = ARN         the role for it, where AWS takes no policy
  vault_agent = full              agents get all of it; off: nothing
  vault_agent_tag = true          a session tag says that it is an agent's
  mfa_process = CMD               prints the MFA code
  session_tags = k=v,k2=v2        with transitive_session_tags, source_identity
  web_identity_token_process = CMD

A directory's profile stands in .awsprofile, and counts once it is trusted:

  echo dev > .awsprofile && vault allow

vault explain PROFILE says where each setting comes from.`},
}
