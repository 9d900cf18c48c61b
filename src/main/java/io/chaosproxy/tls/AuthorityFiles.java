package io.chaosproxy.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * The two files of an authority: its certificate, which clients trust, and its key, which is for its owner alone. Each appears whole or not
 * at all.
 *
 * @param certificate PEM
 * @param key PEM, PKCS#8, not encrypted
 */
public record AuthorityFiles(Path certificate, Path key) {
    private static final Set<PosixFilePermission> OF_OWNER = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OF_ALL = PosixFilePermissions.fromString("rw-r--r--");
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");

    /** The files that {@link #write} makes in a folder. */
    public static AuthorityFiles in(Path folder) {
        return new AuthorityFiles(folder.resolve("chaos-proxy-ca.pem"), folder.resolve("chaos-proxy-ca.key"));
    }

    /**
     * Reads the authority.
     *
     * @throws UnusableFileException naming the file and the reason
     */
    public CertificateAuthority read() throws UnusableFileException {
        return KeyReader.authority(certificate, Optional.of(key), Optional.empty());
    }

    /**
     * Writes the authority; of several that do so at once without replacing one succeeds. The folder is created if it is missing. The
     * key file has its permissions from its creation on.
     *
     * @param replace whether files that are there are replaced
     * @throws FileAlreadyExistsException if there are such files, naming one
     * @throws UnusableFileException naming the file and the reason
     */
    public void write(CertificateAuthority authority, boolean replace) throws IOException {
        if (!replace) {
            refuseExisting(key);
            refuseExisting(certificate);
        }
        createFolder();
        Path newKey = temporary(key, Pem.of(authority.own().key()), OF_OWNER);
        try {
            checkPrivate(newKey);
            Path newCertificate = temporary(certificate, Pem.of(authority.own().chain()), OF_ALL);
            try {
                publish(newKey, newCertificate, replace);
            } finally {
                Files.deleteIfExists(newCertificate);
            }
        } finally {
            Files.deleteIfExists(newKey);
        }
    }

    private static void refuseExisting(Path file) throws FileAlreadyExistsException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(file.toString());
        }
    }

    private void createFolder() throws UnusableFileException {
        Path folder = folder();
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder, attributes(folder, FOLDER));
            }
        } catch (FileAlreadyExistsException e) {
            throw new UnusableFileException(folder, "is not a folder");
        } catch (IOException e) {
            throw new UnusableFileException(folder, "can't be created: " + reason(e));
        }
    }

    private Path folder() {
        Path folder = key.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException("no file: " + key);
        }
        return folder;
    }

    /** Windows has no such permissions; there a file gets those of its folder. */
    private static FileAttribute<?>[] attributes(Path place, Set<PosixFilePermission> permissions) {
        return place.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }

    /** A file with this text beside another one, whose place it can take as a whole. */
    private Path temporary(Path target, String text, Set<PosixFilePermission> permissions)
            throws UnusableFileException {
        try {
            Path file = Files.createTempFile(
                    folder(), "." + target.getFileName() + ".", ".new", attributes(folder(), permissions));
            try {
                write(file, text);
            } catch (IOException e) {
                Files.deleteIfExists(file);
                throw e;
            }
            return file;
        } catch (IOException e) {
            throw new UnusableFileException(target, "can't be written: " + reason(e));
        }
    }

    private static void write(Path file, String text) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true); // a full disk may show only here
        }
    }

    /** Some file systems, such as those of memory cards, give all files the same permissions. */
    private void checkPrivate(Path file) throws IOException {
        if (attributes(file, OF_OWNER).length == 0) {
            return;
        }
        Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(file));
        others.removeAll(OF_OWNER);
        if (!others.isEmpty()) {
            throw new UnusableFileException(
                    folder(), "is on a file system without permissions, where the key could be read by other users");
        }
    }

    /** The key decides which of several wins. */
    private void publish(Path newKey, Path newCertificate, boolean replace) throws IOException {
        if (replace) {
            move(newKey, key);
            move(newCertificate, certificate);
            return;
        }
        link(newKey, key);
        try {
            link(newCertificate, certificate);
        } catch (IOException e) {
            Files.deleteIfExists(key);
            throw e;
        }
    }

    private static void move(Path from, Path to) throws UnusableFileException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UnusableFileException(to, "can't be replaced: " + reason(e));
        }
    }

    /** A link, unlike a move, never replaces a file that has come meanwhile. */
    private static void link(Path from, Path to) throws IOException {
        try {
            Files.createLink(to, from);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) { // a file system without links
            refuseExisting(to);
            move(from, to);
        }
    }

    private static String reason(Exception failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof NoSuchFileException) {
            return "the folder is missing";
        }
        String reason = failure instanceof FileSystemException known ? known.getReason() : failure.getMessage();
        return reason == null ? failure.getClass().getSimpleName() : reason;
    }
}
