// A Starlark interpreter (Tilt's own) whose built-in functions are somebody else's: it writes each call to stdout as a line of JSON and reads the
// answer from stdin. The first line it reads is a setting; after {"done": true} it runs functions that built-ins were given, on request.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

type setting struct {
	File      string
	Functions []string
	Values    map[string]any
	Modules   map[string]map[string]any
}

type call struct {
	Call   string         `json:"call"`
	Folder string         `json:"folder"`
	Args   []any          `json:"args"`
	Kwargs map[string]any `json:"kwargs"`
}

type answer struct {
	Value  any
	Error  string
	Invoke *int
	Args   []any
}

const folderKey = "folder"

var (
	in          = bufio.NewReader(os.Stdin)
	out         = json.NewEncoder(os.Stdout)
	predeclared = starlark.StringDict{"struct": starlark.NewBuiltin("struct", starlarkstruct.Make)}
	loaded      = map[string]starlark.StringDict{}
	// What Tilt allows beside the language: top-level if and for, names set again, recursion.
	dialect = &syntax.FileOptions{TopLevelControl: true, GlobalReassign: true, Recursion: true}
)

func read(into any) error {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytesOf(line))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// Paths are relative to the file that is being executed, also within functions that it loaded from elsewhere.
func thread(file string) *starlark.Thread {
	t := &starlark.Thread{Name: file, Load: load, Print: func(_ *starlark.Thread, text string) { fmt.Fprintln(os.Stderr, text) }}
	t.SetLocal(folderKey, filepath.Dir(file))
	return t
}

func load(t *starlark.Thread, name string) (starlark.StringDict, error) {
	file := filepath.Join(t.Local(folderKey).(string), name)
	if _, ok := loaded[file]; !ok {
		loaded[file] = nil // a file that loads itself finds nothing
		globals, err := starlark.ExecFileOptions(dialect, thread(file), file, nil, predeclared)
		if err != nil {
			return nil, err
		}
		loaded[file] = globals
	}
	return loaded[file], nil
}

func builtin(name string) *starlark.Builtin {
	type pairs = []starlark.Tuple
	return starlark.NewBuiltin(name, func(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs pairs) (starlark.Value, error) {
		told := call{Call: name, Folder: t.Local(folderKey).(string), Args: []any{}, Kwargs: map[string]any{}}
		for _, arg := range args {
			plain, err := plainOf(arg)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			told.Args = append(told.Args, plain)
		}
		for _, pair := range kwargs {
			plain, err := plainOf(pair[1])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			told.Kwargs[string(pair[0].(starlark.String))] = plain
		}
		return ask(told)
	})
}

func ask(told call) (starlark.Value, error) {
	if err := out.Encode(told); err != nil {
		return nil, err
	}
	var reply answer
	if err := read(&reply); err != nil {
		return nil, err
	}
	if reply.Error != "" {
		return nil, fmt.Errorf("%s: %s", told.Call, reply.Error)
	}
	return valueOf(reply.Value)
}

func prepare(s setting) error {
	for _, name := range s.Functions {
		predeclared[name] = builtin(name)
	}
	for name, plain := range s.Values {
		value, err := valueOf(plain)
		if err != nil {
			return err
		}
		predeclared[name] = value
	}
	for name, members := range s.Modules {
		module := &starlarkstruct.Module{Name: name, Members: starlark.StringDict{}}
		for member, plain := range members {
			value, err := valueOf(plain)
			if err != nil {
				return err
			}
			module.Members[member] = value
		}
		predeclared[name] = module
	}
	predeclared.Freeze()
	return nil
}

func run() error {
	var s setting
	if err := read(&s); err != nil {
		return err
	}
	if err := prepare(s); err != nil {
		return err
	}
	main := thread(s.File)
	if _, err := starlark.ExecFileOptions(dialect, main, s.File, nil, predeclared); err != nil {
		return err
	}
	if err := out.Encode(map[string]bool{"done": true}); err != nil {
		return err
	}
	return serve(main)
}

// Runs functions that were given to built-ins, until stdin ends.
func serve(t *starlark.Thread) error {
	for {
		var request answer
		if err := read(&request); err != nil {
			return nil
		}
		if request.Invoke == nil {
			return errors.New("after the end only functions can be invoked")
		}
		var args starlark.Tuple
		for _, plain := range request.Args {
			value, err := valueOf(plain)
			if err != nil {
				return err
			}
			args = append(args, value)
		}
		value, err := starlark.Call(t, functions[*request.Invoke], args, nil)
		if err != nil {
			return err
		}
		plain, err := plainOf(value)
		if err != nil {
			return err
		}
		if err := out.Encode(map[string]any{"result": plain}); err != nil {
			return err
		}
	}
}

func main() {
	if err := run(); err != nil {
		var trace *starlark.EvalError
		if errors.As(err, &trace) {
			fmt.Fprintln(os.Stderr, trace.Backtrace())
		} else {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
}
