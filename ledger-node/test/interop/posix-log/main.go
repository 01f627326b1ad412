// posix-log adds entries to a Tessera log in a folder, has the witnesses of a policy cosign it, and prints the
// checkpoint that Tessera then publishes. It ends with a status other than 0 where the policy is not met in time.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	folder := flag.String("folder", "", "folder of the log; made where there is none")
	key := flag.String("key", "", "file with the private key of the log")
	policy := flag.String("policy", "", "file with the policy that a checkpoint has to meet; none if not given")
	add := flag.Int("add", 0, "how many entries to add")
	text := flag.String("text", "entry", "what each entry says, before its number")
	limit := flag.Duration("limit", 20*time.Second, "longest time until the entries are published")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	checkpoint, err := run(ctx, *folder, *key, *policy, *text, *add)
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(checkpoint)
}

func run(ctx context.Context, folder, keyFile, policyFile, text string, add int) ([]byte, error) {
	options, err := optionsOf(keyFile, policyFile, add)
	if err != nil {
		return nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	if err != nil {
		return nil, fmt.Errorf("opening the folder: %w", err)
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	await := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 50*time.Millisecond)
	futures := make([]tessera.IndexFuture, add)
	for i := range futures {
		futures[i] = appender.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "%s %d", text, i)))
	}
	var checkpoint []byte
	for _, future := range futures {
		if _, checkpoint, err = await.Await(ctx, future); err != nil {
			return nil, fmt.Errorf("waiting for a checkpoint that meets the policy: %w", err)
		}
	}
	return checkpoint, shutdown(ctx)
}

// All entries make one batch, so that one checkpoint covers them.
func optionsOf(keyFile, policyFile string, add int) (*tessera.AppendOptions, error) {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(key)))
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(uint(max(add, 1)), 100*time.Millisecond).
		WithCheckpointInterval(100 * time.Millisecond)
	if policyFile == "" {
		return options, nil
	}
	policy, err := os.ReadFile(policyFile)
	if err != nil {
		return nil, err
	}
	witnesses, err := tessera.NewWitnessGroupFromPolicy(policy)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return options.WithWitnesses(witnesses, &tessera.WitnessOptions{Timeout: 5 * time.Second}), nil
}
