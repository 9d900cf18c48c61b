package io.chaosproxy.net;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.net.SocketException;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The system calls {@code splice(2)} and {@code fcntl(2)}, by the Foreign Function API, and the descriptors of channels.
 *
 * <p>That API is final since Java 22 and the sources are of Java 21, so its types are named by reflection, once; what is called
 * then are method handles of primitive types. Java permits both only if it was told to ({@code --enable-native-access},
 * {@code --add-exports java.base/sun.nio.ch}), as the launcher does where streams are to be spliced; elsewhere nothing is printed, and bytes
 * are copied.
 */
final class Splice {
    /** {@code F_SETPIPE_SZ} of Linux, fcntl(2). */
    private static final int SET_PIPE_SIZE = 1031;

    /** {@code SPLICE_F_MOVE | SPLICE_F_NONBLOCK} of Linux, splice(2). */
    private static final int FLAGS = 3;

    private static final String FOREIGN = "java.lang.foreign.";

    // errno(3) of Linux
    private static final int NOT_PERMITTED = 1;
    private static final int INTERRUPTED = 4;
    private static final int AGAIN = 11;
    private static final int NO_MEMORY = 12;
    private static final int NO_ACCESS = 13;
    private static final int INVALID = 22;
    private static final int BROKEN_PIPE = 32;
    private static final int NOT_IMPLEMENTED = 38;
    private static final int RESET = 104;

    private final MethodHandle segment; // of a buffer
    private final MethodHandle splice;
    private final MethodHandle fcntl;
    private final MethodHandle descriptor;

    private Splice(MethodHandle segment, MethodHandle splice, MethodHandle fcntl, MethodHandle descriptor) {
        this.segment = segment;
        this.splice = splice;
        this.fcntl = fcntl;
        this.descriptor = descriptor;
    }

    /** Those of this process, which runs on Linux; null where they can't be used. */
    static @Nullable Splice ofSystem() {
        return Usable.CALLS;
    }

    /** Found when needed first: a process that never streams does not need them. */
    private static final class Usable {
        static final @Nullable Splice CALLS = find();

        private static @Nullable Splice find() {
            try {
                Module here = Splice.class.getModule();
                boolean permitted = (boolean)
                                Module.class.getMethod("isNativeAccessEnabled").invoke(here)
                        && FileDescriptor.class.getModule().isExported("sun.nio.ch", here);
                if (!permitted) {
                    return null;
                }
                Splice calls = new Linking().calls();
                calls.new Mover(); // or a later one would fail where bytes are under way
                return calls;
            } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
                return null;
            }
        }
    }

    /** The Foreign Function API by reflection. */
    private static final class Linking {
        private final Class<?> linkerType = Class.forName(FOREIGN + "Linker");
        private final Class<?> layoutType = Class.forName(FOREIGN + "MemoryLayout");
        private final Class<?> segmentType = Class.forName(FOREIGN + "MemorySegment");
        private final Class<?> descriptorType = Class.forName(FOREIGN + "FunctionDescriptor");
        private final Class<?> optionType = Class.forName(FOREIGN + "Linker$Option");
        private final Object linker = linkerType.getMethod("nativeLinker").invoke(null);
        private final Object anInt = layout("JAVA_INT");
        private final Object aLong = layout("JAVA_LONG");

        Linking() throws ReflectiveOperationException {}

        Splice calls() throws ReflectiveOperationException {
            // ssize_t splice(int, off_t *, int, off_t *, size_t, unsigned); both pointers are null
            Object errno = optionType
                    .getMethod("captureCallState", String[].class)
                    .invoke(null, (Object) new String[] {"errno"});
            MethodHandle splice = function("splice", aLong, options(errno), anInt, aLong, anInt, aLong, aLong, anInt);
            // int fcntl(int, int, ...)
            Object variadic =
                    optionType.getMethod("firstVariadicArg", int.class).invoke(null, 2);
            MethodHandle fcntl = function("fcntl", anInt, options(variadic), anInt, anInt, anInt);
            MethodHandle descriptor = MethodHandles.lookup()
                    .unreflect(Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal"));
            MethodHandle segment = MethodHandles.lookup().unreflect(segmentType.getMethod("ofBuffer", Buffer.class));
            return new Splice(
                    segment, splice, fcntl, descriptor.asType(descriptor.type().changeParameterType(0, Channel.class)));
        }

        private Object layout(String name) throws ReflectiveOperationException {
            return Class.forName(FOREIGN + "ValueLayout").getField(name).get(null);
        }

        private Object options(Object... options) {
            return array(optionType, options);
        }

        private static Object array(Class<?> type, Object... elements) {
            Object array = Array.newInstance(type, elements.length);
            for (int i = 0; i < elements.length; i++) {
                Array.set(array, i, elements[i]);
            }
            return array;
        }

        private MethodHandle function(String name, Object result, Object options, Object... parameters)
                throws ReflectiveOperationException {
            Object library = linkerType.getMethod("defaultLookup").invoke(linker);
            Optional<?> address = (Optional<?>) Class.forName(FOREIGN + "SymbolLookup")
                    .getMethod("find", String.class)
                    .invoke(library, name);
            Object[] layouts = {result, array(layoutType, parameters)};
            Object signature = descriptorType
                    .getMethod("of", layoutType, layoutType.arrayType())
                    .invoke(null, layouts);
            Method link = linkerType.getMethod("downcallHandle", segmentType, descriptorType, optionType.arrayType());
            return (MethodHandle) link.invoke(
                    linker, address.orElseThrow(() -> new UnsupportedOperationException(name)), signature, options);
        }
    }

    /** The descriptor of an open socket or end of a pipe; valid for as long as nobody can close it. */
    int descriptor(Channel channel) {
        try {
            return (int) descriptor.invokeExact(channel);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Calls of {@code splice(2)}, one at a time. */
    final class Mover {
        private final ByteBuffer errno =
                ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
        private final MethodHandle call;

        Mover() {
            try {
                call = MethodHandles.insertArguments(splice, 0, segment.invoke(errno));
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        /**
         * Moves up to this many bytes between two descriptors, one of them a pipe's, without waiting.
         *
         * @return how many were moved; 0 at the end of the stream, if there are none or no room, or if these can't be moved
         * @throws IOException that the socket reports, which it does once
         */
        int move(int from, int to, long most) throws IOException {
            long count;
            try {
                count = (long) call.invokeExact(from, 0L, to, 0L, most, FLAGS);
            } catch (Throwable e) {
                throw unexpected(e);
            }
            if (count < 0) {
                check(errno.getInt(0));
            }
            return Math.toIntExact(Math.max(0, count));
        }

        private static void check(int error) throws IOException {
            switch (error) {
                case AGAIN, INTERRUPTED, NOT_PERMITTED, NO_MEMORY, NO_ACCESS, INVALID, NOT_IMPLEMENTED -> {}
                case RESET -> throw new SocketException("Connection reset by peer"); // as the JDK has it
                case BROKEN_PIPE -> throw new SocketException("Broken pipe");
                default -> throw new SocketException("splice failed with error " + error);
            }
        }
    }

    /** Sets the capacity of a pipe, if the system's limits permit that ({@code pipe-user-pages-soft}, pipe(7)). */
    void resize(int pipe, int bytes) {
        try {
            int size = (int) fcntl.invokeExact(pipe, SET_PIPE_SIZE, bytes);
            assert size != 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A native call throws nothing but errors of the virtual machine. */
    private static RuntimeException unexpected(Throwable thrown) {
        if (thrown instanceof Error e) {
            throw e;
        }
        return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
    }
}
