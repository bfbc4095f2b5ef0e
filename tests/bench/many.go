package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/tests/world"
)

// severalProfiles begins the names of this row.
const severalProfiles = "exec for 200 profiles"

const (
	manyProfiles = 200
	manyAtOnce   = 4
	// mostMany is how many times the calls alone. The program here takes 10 ms for a call, and
	// the AWS CLI some hundred, beside which vault's part is smaller.
	mostMany   = 3
	manyRounds = 3

	// callFlag makes this program one call, as `aws sts get-caller-identity` is one.
	callFlag = "-call-sts"
)

// called makes the call that vault runs for each profile, with the credentials of its
// environment: 200 AWS CLIs would take longer than all other rows, and hide what vault does.
func called() (status int) {
	api := &awsapi.Client{HTTP: func() (*http.Client, error) { return http.DefaultClient, nil }, Now: time.Now}
	var answer struct {
		ARN string `xml:"GetCallerIdentityResult>Arn"`
	}
	credentials := aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN")}
	err := api.Query(context.Background(), awsapi.Call{
		Op: "GetCallerIdentity", URL: os.Getenv("AWS_ENDPOINT_URL_STS"),
		Sign: &awsapi.Signature{Credentials: credentials, Service: "sts", Region: "eu-west-1"},
	}, "2011-06-15", nil, &answer)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(answer.ARN)
	return 0
}

// several times one command for many profiles behind one MFA user, with nothing cached:
// one code, a role each. It is compared with the same calls alone, as many at once.
func (s *stage) several(t *table) error {
	w, err := s.world("several")
	if err != nil {
		return err
	}
	seed, config := strings.Builder{}, strings.Builder{}
	seed.WriteString("account 222233334444\n")
	config.WriteString(world.Config)
	for i := range manyProfiles {
		fmt.Fprintf(&seed, "role many-%d trust=111122223333:root mfa\n", i)
		fmt.Fprintf(&config, "\n[profile many-%d]\nrole_arn = arn:aws:iam::222233334444:role/many-%d\nsource_profile = jon\nmfa_serial = %s\n", i, i, w.Example.MFASerial)
	}
	if _, err := w.Fake.Load(seed.String()); err != nil {
		return err
	}
	if err := w.WriteConfig(config.String()); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	alone := &subject{name: fmt.Sprintf("%d calls, %d at once", manyProfiles, manyAtOnce), to: s.reference}
	all := &subject{name: severalProfiles + ", one MFA code, nothing cached", to: alone, budget: mostMany}
	for range manyRounds {
		took, err := callsAlone(w, self)
		if err != nil {
			return err
		}
		alone.times = append(alone.times, took)
		if took, err = callsByVault(w, self); err != nil {
			return err
		}
		all.times = append(all.times, took)
	}
	t.time(alone)
	t.time(all)
	return nil
}

// callsAlone makes the calls with keys that are there.
func callsAlone(w *world.World, self string) (time.Duration, error) {
	environ := lastOnly(w.Environ("AWS_ACCESS_KEY_ID="+w.Example.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+w.Example.SecretAccessKey))
	failed := make([]error, manyAtOnce)
	begin := time.Now()
	var workers sync.WaitGroup
	for n := range manyAtOnce {
		workers.Go(func() {
			for range manyProfiles / manyAtOnce {
				cmd := exec.Command(self, callFlag)
				cmd.Env = environ
				if out, err := cmd.CombinedOutput(); err != nil {
					failed[n] = fmt.Errorf("a call: %w\n%s", err, out)
					return
				}
			}
		})
	}
	workers.Wait()
	return time.Since(begin), errors.Join(failed...)
}

// callsByVault has vault make them, each as another role.
func callsByVault(w *world.World, self string) (time.Duration, error) {
	if _, errs, status := w.Run(nil, "clear"); status != 0 {
		return 0, fmt.Errorf("vault clear: status %d: %s", status, errs)
	}
	cmd := exec.Command(w.Vault, "exec", "many-*", "-P", strconv.Itoa(manyAtOnce), "--mfa-token="+w.Fake.Device(w.Example.MFASerial).NextCode(), "--", self, callFlag)
	cmd.Env, cmd.Dir = lastOnly(w.Environ()), filepath.Dir(w.Home)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	begin := time.Now()
	err := cmd.Run()
	took := time.Since(begin)
	roles := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		profile, arn, _ := strings.Cut(strings.TrimSpace(line), " | ")
		roles[profile] = strings.Contains(arn, ":assumed-role/"+strings.TrimSpace(profile)+"/")
	}
	if err == nil && (len(roles) != manyProfiles || slices.Contains(values(roles), false)) {
		err = fmt.Errorf("%d roles have answered", len(roles))
	}
	if err != nil {
		err = fmt.Errorf("vault exec for many: %w\n%s", err, errs.String())
	}
	return took, err
}

func values(m map[string]bool) (all []bool) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}
