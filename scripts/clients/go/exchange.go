package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
	"time"
)

// Request is any request of sequence.py: each uses some of the fields.
type Request struct {
	Do                string
	Email, Password   string
	Key, Name         string
	Industry, Website *string
	Employees         *int32
	Names             []string
	Created           []time.Time
	Since             time.Time
	Unclassified      bool
	Sort              string
	Limit             int32
	Cursor            *string
	Id                string
	Etag              string
}

// Answer is an answer as sequence.py reads it.
type Answer map[string]any

// serve answers the requests from standard input until it ends.
func serve(answer func(Request) (Answer, error)) {
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var request Request
		if err := json.Unmarshal(lines.Bytes(), &request); err != nil {
			log.Fatal(err)
		}
		answered, err := answer(request)
		if err != nil {
			log.Fatalf("%s: %v", request.Do, err)
		}
		if err := answers.Encode(answered); err != nil {
			log.Fatal(err)
		}
	}
}
