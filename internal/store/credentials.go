package store

import "awsvault/internal/aws"

// Credentials are AWS credentials, long-lived or temporary.
type Credentials = aws.Credentials
