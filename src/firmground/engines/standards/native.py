"""Functions over plain numbers as machine code: compiled once by numba, kept as object files, loaded by LLVM alone.

To load numba, and the code that numba itself keeps, takes most of a second in every process; an object file takes a
millisecond. Each function has a file of its own under `FIRMGROUND_HOME/compiled`, named by a digest of all that its
code depends on: its text, what it may call (`kernels`), the compiler, and the kind of processor.

A function says by its annotations what it takes: `int`, or an array of one of the kinds in `kernels`.
"""

import ctypes
import hashlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import llvmlite.binding as llvm
import numpy as np

from firmground.common.errors import Refusal
from firmground.common.files import whole
from firmground.common.home import HOME
from firmground.engines.standards import kernels

FOLDER = HOME / "compiled"
FROM_C = {"memcpy", "memmove", "memset"}
Functions = Mapping[str, Callable[..., Any]]


class Code:
    """Some functions that may call those of `kernels`.

    Args:
        sources: the text of each function by its name; those of `kernels` alone are in them as "".
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self._paths = {name: _path(name, text) for name, text in sources.items()}

    def is_kept(self) -> bool:
        """Whether all of it was compiled before."""
        return all(path.exists() for path in self._paths.values())

    def functions(self) -> Functions:
        """The functions as machine code, to be called with whole numbers and NumPy arrays.

        Raises:
            Refusal: there is nowhere to keep what is compiled.
        """
        missing = [name for name, path in self._paths.items() if not path.exists()]
        if missing:
            self._compile(missing)
        _start()
        machine = _machine()
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        for path in self._paths.values():
            engine.add_object_file(llvm.ObjectFileRef.from_data(path.read_bytes()))
        engine.finalize_object()
        space = self.plain()
        return {
            name: _called(engine, engine.get_function_address(path.stem), space[name])
            for name, path in self._paths.items()
        }

    def plain(self) -> Functions:
        """The same functions as Python, which takes no compiling: for tests."""
        space = dict(vars(kernels))
        exec(compile("\n\n".join(self.sources.values()), "loops", "exec"), space)  # noqa: S102 - written by `loops`
        return space

    def _compile(self, names: Sequence[str]) -> None:
        import numba

        _start()
        space: dict[str, Any] = {"__name__": "loops"}
        text = "\n\n".join([inspect.getsource(kernels), *self.sources.values()])
        exec(compile(text, "loops", "exec"), space)  # noqa: S102 - written by `loops`
        plain = {name: each for name, each in space.items() if inspect.isfunction(each)}
        space |= {name: numba.njit(nogil=True, error_model="numpy")(each) for name, each in plain.items()}
        for name in names:
            path = self._paths[name]
            code = _object(plain[name], space[name], path.stem)
            try:
                with whole(path) as unfinished:
                    unfinished.write_bytes(code)
            except OSError as error:
                raise Refusal(
                    f"{FOLDER} cannot be written ({error.strerror}), and compiled standards are kept there. "
                    "Name another folder with FIRMGROUND_HOME, or screen with --engine duckdb."
                ) from None


def _path(name: str, text: str) -> Path:
    digest = hashlib.sha256(f"{text}\0{_circumstances()}".encode()).hexdigest()
    return FOLDER / f"{name}-{digest[:16]}.o"


@cache
def _circumstances() -> str:
    """What the code of every function depends on."""
    on = [inspect.getsource(kernels), inspect.getsource(sys.modules[__name__]), version("numba"), sys.version]
    on += [llvm.get_default_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()]
    return "\0".join(on)


def _start() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def _machine() -> Any:
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )


def _kinds(function: Callable[..., Any]) -> list[tuple[str, Any, int]]:
    """(name, type of its numbers, dimensions) of each thing a function takes; no dimensions for a number alone."""
    kinds = []
    for name, annotation in function.__annotations__.items():
        if name != "return":
            type_, dimensions = get_args(annotation)[1:] if annotation is not int else (np.int64, 0)
            kinds.append((name, type_, dimensions))
    return kinds


def _object(function: Callable[..., Any], compiled: Any, symbol: str) -> bytes:
    """A function as an object file that needs nothing but C's own library, under this symbol.

    Numba compiles it to be called from C, with an array as its address and its lengths; what it adds for errors and
    for counting references is found unused, and falls away when all but the function itself may.
    """
    from numba import carray, cfunc, from_dtype, types

    pointer: Any = types.CPointer
    takes, passed, signature = [], [], []
    for name, type_, dimensions in _kinds(function):
        lengths = [f"{name}_{n}" for n in range(dimensions)]
        takes += [name, *lengths]
        passed.append(f"carray({name}, ({', '.join(lengths)},))" if lengths else name)
        number = from_dtype(np.dtype(type_))
        signature += [pointer(number) if lengths else number, *[types.int64] * dimensions]
    space = {"compiled": compiled, "carray": carray}
    lines = [f"def entry({', '.join(takes)}):", f"    result = compiled({', '.join(passed)})"]
    lines.append("    return 0" if function.__annotations__["return"] is None else "    return int(result)")
    exec("\n".join(lines), space)  # noqa: S102 - the names are the function's own
    entry = cfunc(types.int64(*signature))(space["entry"])
    module = llvm.parse_assembly(entry.inspect_llvm())
    for each in [*module.functions, *module.global_variables]:
        if each.name == entry.native_name:
            each.name = symbol
        elif not each.is_declaration:
            each.linkage = "internal"
    machine = _machine()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(module, builder)
    needs = {each.name for each in module.functions if each.is_declaration and not each.name.startswith("llvm.")}
    if not needs <= FROM_C:
        raise RuntimeError(f"{symbol} calls {', '.join(sorted(needs - FROM_C))}, which is not in it")
    code: bytes = machine.emit_object(module)
    return code


def _called(engine: Any, address: int, function: Callable[..., Any]) -> Callable[..., int]:
    """Machine code as a Python function; like all that is called through ctypes it lets go of Python's lock."""
    kinds = _kinds(function)
    width = sum(1 + dimensions for _, _, dimensions in kinds)
    run = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * width)(address)

    def call(*given: Any) -> int:
        passed: list[int] = []
        for value, (name, type_, dimensions) in zip(given, kinds, strict=True):
            if not dimensions:
                passed.append(value)
                continue
            if value.dtype != type_ or value.ndim != dimensions or not value.flags.c_contiguous:
                raise TypeError(f"{name} is {value.dtype} in {value.ndim} dimensions")
            passed += [value.__array_interface__["data"][0], *value.shape]
        result: int = run(*passed)
        return result

    call.engine = engine  # type: ignore[attr-defined] # the code lives as long as its engine
    return call
