// A peer to measure against: an echo server on mio, the epoll loop below tokio. Edge-triggered, as mio is: a
// short read says that nothing more is there.
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Result, Write};

const LISTENER: Token = Token(usize::MAX);

struct Client {
    stream: TcpStream,
    unsent: Vec<u8>,
}

// Sends as much as is taken; the rest is kept.
fn flush(client: &mut Client) -> Result<()> {
    while !client.unsent.is_empty() {
        match client.stream.write(&client.unsent) {
            Ok(count) => drop(client.unsent.drain(..count)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

// Sends from the buffer as long as all of it is taken. True at the end of the stream.
fn echo(client: &mut Client, buffer: &mut [u8]) -> Result<bool> {
    flush(client)?;
    while client.unsent.is_empty() {
        let count = match client.stream.read(buffer) {
            Ok(0) => return Ok(true),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        };
        let sent = match client.stream.write(&buffer[..count]) {
            Ok(sent) => sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        client.unsent.extend_from_slice(&buffer[sent..count]);
        if count < buffer.len() && client.unsent.is_empty() {
            return Ok(false);
        }
    }
    Ok(false)
}

fn main() -> Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap())?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("listening on {}", listener.local_addr()?);
    let mut clients: HashMap<usize, Client> = HashMap::new();
    let mut next = 0;
    let mut buffer = vec![0u8; 64 * 1024];
    loop {
        poll.poll(&mut events, None)?;
        for event in events.iter() {
            if event.token() != LISTENER {
                let key = event.token().0;
                let ended = match clients.get_mut(&key) {
                    Some(client) => echo(client, &mut buffer).unwrap_or(true) || event.is_read_closed(),
                    None => false,
                };
                if ended {
                    clients.remove(&key);
                }
                continue;
            }
            while let Ok((mut stream, _)) = listener.accept() {
                stream.set_nodelay(true)?;
                let interest = Interest::READABLE | Interest::WRITABLE;
                poll.registry().register(&mut stream, Token(next), interest)?;
                clients.insert(next, Client { stream, unsent: Vec::new() });
                next += 1;
            }
        }
    }
}
