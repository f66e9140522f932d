package postgres_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// cut says where a proxy breaks the connection that carries an append.
type cut int

const (
	never        cut = iota
	beforeServer     // the call reaches the proxy and not the server
	afterServer      // the server has done it and its answer reaches the proxy only
	unheard          // the call is passed on, and nobody waits for the answer
)

// proxy stands between a store and its server. It understands as much of the protocol as it needs to know an append
// when it sees one: messages are a letter, a length and a body, and Bind names the prepared statement.
type proxy struct {
	t        testing.TB
	listener net.Listener
	server   string
	group    sync.WaitGroup

	mu    sync.Mutex
	next  cut
	conns map[net.Conn]bool
	fired chan struct{} // receives when a cut was made
	once  bool          // the cut ends all connections, and nobody gets through after it
	held  bool          // the cut ends all connections
	gate  sync.Mutex    // who holds it keeps new connections waiting
}

// newProxy returns a proxy and the URL of the same database through it.
func newProxy(t testing.TB, address string) (*proxy, string) {
	t.Helper()
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := net.JoinHostPort(config.ConnConfig.Host, strconv.Itoa(int(config.ConnConfig.Port)))
	p := &proxy{t: t, listener: listener, server: server, conns: map[net.Conn]bool{}, fired: make(chan struct{}, 16)}
	p.group.Go(p.accept)
	t.Cleanup(p.close)
	through, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	through.Host = listener.Addr().String()
	query := through.Query()
	query.Set("sslmode", "disable")
	through.RawQuery = query.Encode()
	return p, through.String()
}

// cutNext makes the next append meet the given cut.
func (p *proxy) cutNext(where cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = where
}

// refuseAfterCut makes the cut the last thing the proxy does: the server cannot be reached any more.
func (p *proxy) refuseAfterCut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.once = true
}

// hold makes the cut end all connections, and keeps new ones waiting until the returned function is called.
func (p *proxy) hold() (release func()) {
	p.gate.Lock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = true
	return p.gate.Unlock
}

// cutNow announces a cut that is about to be made.
func (p *proxy) cutNow() {
	p.mu.Lock()
	once, held := p.once, p.held
	p.mu.Unlock()
	if once {
		_ = p.listener.Close()
	}
	if once || held {
		p.dropAll()
	}
	p.fired <- struct{}{}
}

func (p *proxy) take() cut {
	p.mu.Lock()
	defer p.mu.Unlock()
	where := p.next
	p.next = never
	return where
}

// dropAll breaks all connections.
func (p *proxy) dropAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		_ = conn.Close()
	}
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.dropAll()
	p.group.Wait()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.gate.Lock()
		server, err := net.Dial("tcp", p.server)
		p.gate.Unlock()
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		l := &link{proxy: p, client: client, server: server}
		p.group.Go(l.up)
		p.group.Go(l.down)
	}
}

// link is one connection through the proxy.
type link struct {
	proxy          *proxy
	client, server net.Conn
	mu             sync.Mutex
	where          cut // of the append under way
}

func (l *link) close() {
	_ = l.client.Close()
	_ = l.server.Close()
}

// cancelRequest is the code of a first message that asks the server to give up what another connection asked for. pgx
// sends it when it loses a connection; in a network that has lost the one it may well be lost too.
const cancelRequest = 80877102

// up carries messages of the client. The first has no letter.
func (l *link) up() {
	defer l.close()
	first, err := readMessage(l.client, false)
	if err != nil || binary.BigEndian.Uint32(first[4:]) == cancelRequest {
		return
	}
	if _, err := l.server.Write(first); err != nil {
		return
	}
	for {
		message, err := readMessage(l.client, true)
		if err != nil {
			return
		}
		if message[0] == 'B' && bytes.Contains(message, []byte("\x00skald_append_v1\x00")) {
			where := l.proxy.take()
			if where == beforeServer {
				l.proxy.cutNow()
				return
			}
			l.mu.Lock()
			l.where = where
			l.mu.Unlock()
		}
		if _, err := l.server.Write(message); err != nil {
			return
		}
		if l.is(unheard) && message[0] == 'S' { // Sync: the call is complete
			l.proxy.cutNow()
			_ = l.client.Close()
			_, _ = io.Copy(io.Discard, l.client)
			return
		}
	}
}

// down carries messages of the server.
func (l *link) down() {
	defer l.close()
	for {
		message, err := readMessage(l.server, true)
		if err != nil {
			return
		}
		if l.is(afterServer) {
			if message[0] == 'Z' { // ReadyForQuery comes after the commit
				l.proxy.cutNow()
				return
			}
			continue
		}
		if _, err := l.client.Write(message); err != nil && !l.is(unheard) {
			return
		}
	}
}

func (l *link) is(where cut) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.where == where
}

func readMessage(from io.Reader, letter bool) ([]byte, error) {
	head := 4
	if letter {
		head = 5
	}
	message := make([]byte, head)
	if _, err := io.ReadFull(from, message); err != nil {
		return nil, err
	}
	length := int(binary.BigEndian.Uint32(message[head-4:]))
	if length < 4 || !letter && length < 8 || length > 1<<28 {
		return nil, errors.New("not a message")
	}
	message = append(message, make([]byte, length-4)...)
	_, err := io.ReadFull(from, message[head:])
	return message, err
}
