package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// Functions that built-ins were given, by number.
var functions []starlark.Callable

// A value that Starlark code can only pass on: what an answer calls {"$opaque": …}.
type opaque struct{ plain any }

func (o opaque) String() string        { return fmt.Sprint(o.plain) }
func (o opaque) Type() string          { return "opaque" }
func (o opaque) Freeze()               {}
func (o opaque) Truth() starlark.Bool  { return true }
func (o opaque) Hash() (uint32, error) { return 0, errors.New("opaque values have no hash") }

func bytesOf(line []byte) io.Reader { return bytes.NewReader(line) }

func valueOf(plain any) (starlark.Value, error) {
	switch p := plain.(type) {
	case nil:
		return starlark.None, nil
	case bool:
		return starlark.Bool(p), nil
	case string:
		return starlark.String(p), nil
	case json.Number:
		if whole, err := p.Int64(); err == nil {
			return starlark.MakeInt64(whole), nil
		}
		part, err := p.Float64()
		return starlark.Float(part), err
	case []any:
		list := make([]starlark.Value, 0, len(p))
		for _, item := range p {
			value, err := valueOf(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return starlark.NewList(list), nil
	case map[string]any:
		return objectOf(p)
	}
	return nil, fmt.Errorf("no value for %T", plain)
}

func objectOf(p map[string]any) (starlark.Value, error) {
	if inner, ok := p["$opaque"]; ok {
		return opaque{inner}, nil
	}
	fields, isStruct := p["$struct"].(map[string]any)
	if !isStruct {
		fields = p
	}
	all := starlark.StringDict{}
	dict := starlark.NewDict(len(fields))
	for name, inner := range fields {
		value, err := valueOf(inner)
		if err != nil {
			return nil, err
		}
		all[name] = value
		if err := dict.SetKey(starlark.String(name), value); err != nil {
			return nil, err
		}
	}
	if isStruct {
		return starlarkstruct.FromStringDict(starlarkstruct.Default, all), nil
	}
	return dict, nil
}

func plainOf(value starlark.Value) (any, error) {
	switch v := value.(type) {
	case starlark.NoneType:
		return nil, nil
	case starlark.Bool:
		return bool(v), nil
	case starlark.String:
		return string(v), nil
	case starlark.Int:
		return json.Number(v.String()), nil
	case starlark.Float:
		return float64(v), nil
	case opaque:
		return map[string]any{"$opaque": v.plain}, nil
	case starlark.Callable:
		functions = append(functions, v)
		return map[string]any{"$function": len(functions) - 1}, nil
	case *starlark.Dict:
		all := map[string]any{}
		for _, item := range v.Items() {
			name, ok := item[0].(starlark.String)
			if !ok {
				return nil, fmt.Errorf("the key %s is no string", item[0])
			}
			plain, err := plainOf(item[1])
			if err != nil {
				return nil, err
			}
			all[string(name)] = plain
		}
		return all, nil
	case starlark.Iterable:
		list := []any{}
		items := v.Iterate()
		defer items.Done()
		for item := starlark.Value(nil); items.Next(&item); {
			plain, err := plainOf(item)
			if err != nil {
				return nil, err
			}
			list = append(list, plain)
		}
		return list, nil
	}
	return nil, fmt.Errorf("a %s cannot be given to a built-in", value.Type())
}
