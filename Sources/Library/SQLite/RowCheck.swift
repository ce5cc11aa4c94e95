package import GRDB

/// A sum over a row's values that is kept beside them, so that a bit that changes on the disk is noticed: SQLite keeps none
/// for its pages. FNV-1a with 64 bits, each step of which is one to one, so that no single change goes unseen.
///
/// Triggers keep it, with the function of that name in SQL; `SELECT` compares (``TableRow/damage(_:)``).
package enum RowCheck {
    static let functionName = "cueline_check"

    /// `cueline_check(value, …)`: an integer.
    package static var function: DatabaseFunction {
        DatabaseFunction(functionName, pure: true) { values in
            var sum = FNV1a()
            for value in values {
                switch value.storage {
                case .null: sum.add(0)
                case .int64(let number): sum.add(1, UInt64(bitPattern: number))
                case .double(let number): sum.add(2, number.bitPattern)
                case .string(var text): text.withUTF8 { sum.add(3, $0) }
                case .blob(let bytes): Array(bytes).withUnsafeBufferPointer { sum.add(4, $0) }
                }
            }
            return Int64(bitPattern: sum.value)
        }
    }

    private struct FNV1a {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325

        mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

        mutating func add(_ kind: UInt8, _ number: UInt64) {
            add(kind)
            for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
        }

        mutating func add(_ kind: UInt8, _ bytes: UnsafeBufferPointer<UInt8>) {
            add(kind, UInt64(bytes.count))
            for byte in bytes { add(byte) }
        }
    }
}
