// breaks: what comes after a byte that was sent out of band is read
// caught by: 05.Readiness.what_comes_after_an_urgent_byte_is_read
// seen in: edge-triggered loops that take every short read for an empty socket
// symptom: a telnet session through a proxy that hangs after Ctrl-C, until the next key
if (!end_announced_) clear_readiness(direction);
