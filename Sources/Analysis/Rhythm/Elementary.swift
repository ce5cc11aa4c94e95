#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `e` to the power of a value.
func exponential(_ value: Double) -> Double { exp(value) }

/// Natural logarithm.
func logarithm(_ value: Double) -> Double { log(value) }
