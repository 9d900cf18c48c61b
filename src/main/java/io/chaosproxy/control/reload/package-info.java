/** The configuration file, watched and put in force on running proxies. */
@NullMarked
package io.chaosproxy.control.reload;

import org.jspecify.annotations.NullMarked;
