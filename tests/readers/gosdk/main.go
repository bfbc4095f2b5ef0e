// Command gosdk says who the AWS SDK for Go is, with its default configuration:
//
//	ARN REGION PROVIDER
//
// With "keys" it prints its access key id, without a call. With a number it says so that often, a second apart, by one client.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "gosdk:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	c, err := config.LoadDefaultConfig(ctx, config.WithRetryMaxAttempts(1))
	if err != nil {
		return err
	}
	credentials, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	times := 1
	if len(os.Args) > 1 && os.Args[1] == "keys" {
		fmt.Println(credentials.AccessKeyID)
		return nil
	}
	if len(os.Args) > 1 {
		if times, err = strconv.Atoi(os.Args[1]); err != nil {
			return err
		}
	}
	client := sts.NewFromConfig(c)
	for i := range times {
		if i > 0 {
			time.Sleep(time.Second)
		}
		who, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return err
		}
		fmt.Println(aws.ToString(who.Arn), c.Region, credentials.Source)
	}
	return nil
}
