// torchwood-auditor looks at a log the way a stranger does who has nothing but torchwood and a policy file.
//
//	torchwood-auditor log -policy FILE -url URL     checks the checkpoint, every tile and every entry
//	torchwood-auditor proof -policy FILE -entry FILE -proof FILE
//	                                                checks a tlog-proof of the bytes of an entry
//
// It prints what it checked as one line of JSON, or ends with a status other than 0 and a reason.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("log or proof?")
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	policyFile := flags.String("policy", "", "policy file")
	url := flags.String("url", "", "where the log is served")
	entry := flags.String("entry", "", "file with the bytes of an entry")
	proof := flags.String("proof", "", "file with its proof")
	flags.Parse(os.Args[2:])

	policy, err := readPolicy(*policyFile)
	if err != nil {
		log.Fatal(err)
	}
	var found any
	switch os.Args[1] {
	case "log":
		found, err = auditLog(*url, policy)
	case "proof":
		found, err = checkProof(*entry, *proof, policy)
	default:
		log.Fatal("log or proof?")
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

func readPolicy(file string) (torchwood.Policy, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	policy, err := torchwood.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return policy, nil
}

type audited struct {
	Size       int64    `json:"size"`
	Entries    int64    `json:"entries"`
	Root       string   `json:"root"`
	Signatures []string `json:"signatures"`
	Proved     []int64  `json:"proved"`
}

func auditLog(url string, policy torchwood.Policy) (*audited, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	fetcher, err := torchwood.NewTileFetcher(url, torchwood.WithConcurrencyLimit(4))
	if err != nil {
		return nil, err
	}
	signed, err := fetcher.ReadEndpoint(ctx, "checkpoint")
	if err != nil {
		return nil, err
	}
	checkpoint, opened, err := torchwood.VerifyCheckpoint(signed, policy)
	if err != nil {
		return nil, err
	}
	found := &audited{Size: checkpoint.N, Root: checkpoint.Hash.String(), Proved: []int64{}}
	for _, signature := range opened.Sigs {
		found.Signatures = append(found.Signatures, signature.Name)
	}
	client, err := torchwood.NewClient(fetcher)
	if err != nil {
		return nil, err
	}
	// The client checks every tile against the tree, and every entry against its tile.
	for index := range client.AllEntries(ctx, checkpoint.Tree, 0) {
		if index != found.Entries {
			return nil, fmt.Errorf("entry %d where %d was due", index, found.Entries)
		}
		found.Entries++
	}
	if err := client.Err(); err != nil {
		return nil, err
	}
	for _, index := range []int64{0, checkpoint.N / 2, checkpoint.N - 1} {
		if index < 0 || index >= checkpoint.N {
			continue
		}
		entry, proof, err := client.Entry(ctx, checkpoint.Tree, index)
		if err != nil {
			return nil, err
		}
		if err := tlog.CheckRecord(proof, checkpoint.N, checkpoint.Hash, index, tlog.RecordHash(entry)); err != nil {
			return nil, err
		}
		found.Proved = append(found.Proved, index)
	}
	return found, nil
}

type proved struct {
	Extra []byte `json:"extra,omitempty"`
}

func checkProof(entryFile, proofFile string, policy torchwood.Policy) (*proved, error) {
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return nil, err
	}
	proof, err := os.ReadFile(proofFile)
	if err != nil {
		return nil, err
	}
	if err := torchwood.VerifyProof(policy, tlog.RecordHash(entry), proof); err != nil {
		return nil, err
	}
	// Not every proof has extra data.
	extra, err := torchwood.ProofExtraData(proof)
	if err != nil {
		extra = nil
	}
	return &proved{Extra: extra}, nil
}
