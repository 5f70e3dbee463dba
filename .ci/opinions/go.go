// What Go's net/http says. `go run go.go serve` serves on a port that it prints, and answers a request with
// the line that stands for it; `responses` reads framed responses, and writes a line of JSON for each. The
// lines are those of 03_request_context/tests/tools/http_verdicts.cpp.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
)

func serve() {
	log.SetOutput(io.Discard)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		line := hex.EncodeToString([]byte(r.Method)) + "," + hex.EncodeToString([]byte(r.RequestURI)) + "," +
			hex.EncodeToString(body)
		w.Header().Set("X-Request", line)
	})))
}

type verdict struct {
	Messages [][]any `json:"messages"`
	End      string  `json:"end"`
	Why      string  `json:"why"`
}

func judge(method string, data []byte) verdict {
	none := [][]any{}
	reader := bufio.NewReader(bytes.NewReader(data))
	for {
		response, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err == io.ErrUnexpectedEOF {
			return verdict{none, "unfinished", ""}
		} else if err != nil {
			return verdict{none, "refused", err.Error()}
		}
		if response.StatusCode < 200 && response.StatusCode != 101 {
			continue
		}
		tunnel := response.StatusCode == 101 || method == "CONNECT" && response.StatusCode/100 == 2
		var body []byte
		if !tunnel {
			body, err = io.ReadAll(response.Body)
		}
		if err == io.ErrUnexpectedEOF {
			return verdict{none, "unfinished", ""}
		} else if err != nil {
			return verdict{none, "refused", err.Error()}
		}
		closes := response.Close || tunnel
		return verdict{[][]any{{hex.EncodeToString([]byte(strconv.Itoa(response.StatusCode))), "",
			hex.EncodeToString(body), !closes}}, "closed", ""}
	}
}

func main() {
	if os.Args[1] == "serve" {
		serve()
	}
	in := bufio.NewReader(os.Stdin)
	for {
		var method string
		var size int
		if _, err := fmt.Fscanf(in, "%s %d\n", &method, &size); err != nil {
			return
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(in, data); err != nil {
			panic(err)
		}
		line, _ := json.Marshal(judge(method, data))
		fmt.Println(string(line))
	}
}
