package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// redisProgram runs Redis from this machine's binary. The password goes in by a file: arguments are everybody's to read.
func redisProgram(dir string, port int, password string) (program, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return program{}, fmt.Errorf("%w: no redis-server in PATH", errUnavailable)
	}
	config := filepath.Join(dir, "redis.conf")
	if err := os.WriteFile(config, []byte("requirepass "+password+"\n"), 0o600); err != nil {
		return program{}, err
	}
	return program{
		title:      path,
		path:       path,
		args:       append([]string{config, "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", dir}, redisSettings...),
		stopSignal: syscall.SIGTERM,
		deathSig:   syscall.SIGKILL,
	}, nil
}
