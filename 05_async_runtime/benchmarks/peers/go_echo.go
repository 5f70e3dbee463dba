// A peer to measure against: an echo server in Go, a goroutine a connection, on one processor.
package main

import (
	"fmt"
	"net"
	"runtime"
)

func echo(client net.Conn) {
	defer client.Close()
	buffer := make([]byte, 4096)
	for {
		count, err := client.Read(buffer)
		if err != nil {
			return
		}
		if _, err = client.Write(buffer[:count]); err != nil {
			return
		}
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	for {
		client, err := listener.Accept()
		if err == nil {
			go echo(client)
		}
	}
}
